"""What learns and scores: rooms that need arrays or statistics. They report; offices and people decide."""
