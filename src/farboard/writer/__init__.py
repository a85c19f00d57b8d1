"""The training side: writes event files any TensorBoard tool can read, and needs nothing else."""
