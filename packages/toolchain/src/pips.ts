/** The ways to call pip, the best first: Python's own before one that may belong to another Python. */
export const pips = [['python3', '-m', 'pip'], ['pip3'], ['pip']] as const
