"""The kill drill: a whole product of its own, killed at random while people sell.

`plan` is what a seed decides, `place` the product, `shopper` and `killer` act,
`story` is the order of things, `facts` gathers what is written where, `verdict`
compares it and `report` tells it. See `manage.py drill`.
"""
