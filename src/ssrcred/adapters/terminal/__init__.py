"""A person, a clipboard or a pipe gives the new pair, and nothing that cannot be what TOMS showed gets past here.

Every way ends in a `Captured` pair or in InputRefused. What was given is never repeated: the clipboard's contents are
said by their length alone, and errors name a position and a character (see hygiene).
"""
