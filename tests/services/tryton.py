"""A real Tryton for the tests."""
