"""Parcels: consolidations of any size judged in columns, chunk by chunk, with the answers of the line (the extra `parcels`).

Columns say what they can say exactly, by asking the offices of the line once for rows that are alike: refusals, value, what is owed, the
lane and its reasons. Every other row goes to the line itself (`clearance.line`), one by one, and so does a sample of the former, to
prove that both say the same. Read in this order: `lines` and `batches` (a file taken
apart), `decode` and `rows` (columns), `counters`, `known` and `day` (what came before), `facts` (what rules see), `claims` (what is said
besides), `worth` (value and duty), `named` (looks that were asked for), `scores` (what models say), `lanes` and `refusals`,
`kernel` (the verdicts, in three steps), `workers` (in several processes), `segment` (how they rest).
"""
