"""How a request comes in: mail, attachments, other systems, what captured messages ask for."""
