"""Words of the stages beside a change that ended before they were closed."""

WORDS = {
    "stepper.unanswered": "Nobody of them answered in time",
    "stepper.no_answer_yet": "Nobody of them had answered",
}
