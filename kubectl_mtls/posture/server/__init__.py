"""What does a workload accept, and what decides it?"""
