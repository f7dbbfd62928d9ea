"""One Secret or many: who keeps, uses and may read them, what are they fit for, and how do they stand?"""
