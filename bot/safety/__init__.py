"""Decides whether a message may mean danger now, and takes personal details out of text; says nothing else."""
