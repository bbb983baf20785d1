"""What else can be read as a description: containers, Compose files, docker run command lines."""
