"""Meta's Graph API, as Messenger, Instagram, page comments and WhatsApp share it: one client out, one door in.

https://developers.facebook.com/docs/graph-api
"""
