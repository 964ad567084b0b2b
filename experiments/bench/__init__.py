"""The budgets of the design, measured beside a bare floor in the same run: ratios, because machines differ."""
