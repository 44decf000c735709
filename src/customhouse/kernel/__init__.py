"""The words everybody in the house uses: money, quantities, validity, and the numbers customs lives by."""
