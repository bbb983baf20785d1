"""dirg: orchestration of docker containers over many hosts, by means of the docker CLI."""

__version__ = "2.0.0.dev0"
