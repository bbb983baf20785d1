"""The commands of dirg, each in the module that has its like; ``dirg.cli`` knows which."""
