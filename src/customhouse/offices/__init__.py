"""The offices of the customs house: pure decisions, one package each.

An office reads the record and the law and answers with acts or holds. It has no clock, touches no file or database, and
never calls another office: what one decides, the next reads from the record.
"""
