"""What bears on a request's dates: extensions, clarifications, reminders."""
