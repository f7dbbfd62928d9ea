"""What does a change do to connections?"""
