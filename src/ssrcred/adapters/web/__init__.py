"""HTTP, carefully: one site, verified and bounded, and nothing a request carried is ever quoted.

The only folder that knows httpx. `connection` does without it, because mail and the doctor use it too.
"""
