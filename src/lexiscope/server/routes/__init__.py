"""The routes, a module a view."""
