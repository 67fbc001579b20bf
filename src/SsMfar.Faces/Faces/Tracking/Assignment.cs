namespace SsMfar.Faces;

/// <summary>The assignment of least cost (Kuhn, "The Hungarian method", 1955), by shortest augmenting paths in O(n^2 m).</summary>
internal static class Assignment
{
    /// <summary>Gives each row a column of its own, or each column a row where there are fewer of those.</summary>
    /// <param name="costs">A finite cost for each row and column.</param>
    /// <returns>The column of each row; -1 for a row that is left without.</returns>
    public static int[] Solve(double[,] costs)
    {
        int rows = costs.GetLength(0), columns = costs.GetLength(1);
        int[] columnOf = new int[rows];
        Array.Fill(columnOf, -1);
        if (rows <= columns)
        {
            int[] rowOf = Match(rows, columns, (row, column) => costs[row, column]);
            for (int column = 0; column < columns; column++)
            {
                if (rowOf[column] >= 0)
                {
                    columnOf[rowOf[column]] = column;
                }
            }

            return columnOf;
        }

        return Match(columns, rows, (row, column) => costs[column, row]);
    }

    // For no more rows than columns: the row of each column, -1 for a column that is left without. Row and column 0 are the algorithm's.
    private static int[] Match(int rows, int columns, Func<int, int, double> cost)
    {
        double[] rowPotential = new double[rows + 1], columnPotential = new double[columns + 1];
        int[] rowOf = new int[columns + 1], before = new int[columns + 1];
        for (int row = 1; row <= rows; row++)
        {
            double[] shortest = new double[columns + 1];
            bool[] isDone = new bool[columns + 1];
            Array.Fill(shortest, double.PositiveInfinity);
            rowOf[0] = row;
            int column = 0;
            do
            {
                isDone[column] = true;
                int from = rowOf[column], next = 0;
                double least = double.PositiveInfinity;
                for (int other = 1; other <= columns; other++)
                {
                    if (isDone[other])
                    {
                        continue;
                    }

                    double reduced = cost(from - 1, other - 1) - rowPotential[from] - columnPotential[other];
                    if (reduced < shortest[other])
                    {
                        (shortest[other], before[other]) = (reduced, column);
                    }

                    if (shortest[other] < least)
                    {
                        (least, next) = (shortest[other], other);
                    }
                }

                for (int other = 0; other <= columns; other++)
                {
                    if (isDone[other])
                    {
                        rowPotential[rowOf[other]] += least;
                        columnPotential[other] -= least;
                    }
                    else
                    {
                        shortest[other] -= least;
                    }
                }

                column = next;
            }
            while (rowOf[column] != 0);
            while (column != 0)
            {
                rowOf[column] = rowOf[before[column]];
                column = before[column];
            }
        }

        return [.. rowOf[1..].Select(row => row - 1)];
    }
}
