"""Operations: the home's set-up, the nightly run, its alerts, the job queue, doctor and status."""
