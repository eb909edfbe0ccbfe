"""Staff: who may use the desk, their passwords, sessions and roles (staff.db)."""
