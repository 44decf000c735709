"""Parcels: consolidations of any size judged in columns, chunk by chunk, with the answers of the line (the extra `parcels`).

What columns can say for certain is "nothing is to be seen here": the row is in order, no criterion fires, no document is
asked for, nobody is drawn, and so much is owed. Every other row goes to the line itself (`clearance.line`), one by one, and
so does a sample of the former, to prove that both say the same. Read in this order: `lines` and `batches` (a file taken
apart), `decode` and `rows` (columns), `counters` and `day` (what came before), `facts` (what rules see), `worth` (value and duty),
`scores` (what models say), `lanes` and `refusals`, `kernel` (the verdicts, in three steps), `workers` (in several processes),
`segment` (how they rest).
"""
