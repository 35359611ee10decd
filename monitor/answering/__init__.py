"""What people answer to a page, by SMS, mail, a button or the shell."""
