"""What comes of what is sent at what is accepted, why, and how does a failure look?"""
