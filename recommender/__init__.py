"""Herald's core: types, catalogue, eligibility, candidates, scoring port, push policy, reasons, receipts, pipeline.

Pure Python and numpy. Every other package may import it; it imports none of them, and no framework outside
`recommender.adapters`.
"""
