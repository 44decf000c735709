"""The register: the only place with tables. Files, acts, numbers, law, people, jobs; it hands out records, never rows."""
