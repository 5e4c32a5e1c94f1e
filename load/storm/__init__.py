"""Everything that a server on the open side of a load balancer meets, thrown at a real one; see command.py."""
