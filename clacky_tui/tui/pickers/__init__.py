"""What a person chooses from: models, reasoning levels, directories, modes, and everything else."""
