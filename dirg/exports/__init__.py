"""What dirg writes for those who go on without it."""
