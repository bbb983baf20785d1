"""What dirg costs, beside what the same costs otherwise; bin/bench sets it up and runs it."""
