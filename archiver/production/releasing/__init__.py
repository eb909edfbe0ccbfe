"""What went out: which volumes, to whom, how, when and by whom; what was superseded or withdrawn.

A volume that was made has not gone out. It is staged after the checks, then handed over by a link,
on a drive, on paper, by e-mail or for inspection; nothing of that is ever deleted. What answers
outside is `archiver.production.delivery`, which knows none of this.
"""
