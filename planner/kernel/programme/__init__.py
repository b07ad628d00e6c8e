"""A programme of works over several years: which place, which way, how large, in which year.

`works` what may be built and what is asked for · `layout` the columns of the model · `model` its
rows · `covers` further rows that every plan keeps, which tighten the bound · `solve` the search and
its proof · `measure` what a plan costs and gives, by plain code.
"""
