"""What does istiod program into a client's proxy for one host and port, and what goes to each endpoint?"""
