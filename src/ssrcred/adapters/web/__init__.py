"""HTTP, carefully: one site, verified and bounded, and nothing a request carried is ever quoted.

The only folder that knows httpx. How to get to a site (`connection`) is on the way of others too and does without.
"""
