"""The xStocks instruments as rules of the house: two tables to edit, and the orders made from them."""
