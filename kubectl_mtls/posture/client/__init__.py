"""Who is a client, which hosts does it know, and which rule does its proxy use for them?"""
