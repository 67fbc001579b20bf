using CsCheck;
using SsMfar.Faces;

namespace SsMfar.Tests.Faces;

/// <summary>The assignment costs no more than any other does.</summary>
public sealed class AssignmentTests
{
    private static readonly Gen<double[,]> Costs = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6]).SelectMany((rows, columns) =>
        Gen.Double[0, 1].Array[rows * columns].Select(values =>
        {
            double[,] costs = new double[rows, columns];
            for (int i = 0; i < values.Length; i++)
            {
                costs[i / columns, i % columns] = Math.Round(values[i], 1);
            }

            return costs;
        }));

    [Fact]
    public void Of_all_assignments_the_cheapest_is_found() => Costs.Sample(
        costs =>
        {
            int[] columnOf = Assignment.Solve(costs);
            int[] given = [.. columnOf.Where(column => column >= 0)];

            given.Should().OnlyHaveUniqueItems().And.HaveCount(Math.Min(costs.GetLength(0), costs.GetLength(1)));
            Enumerable.Range(0, columnOf.Length).Where(row => columnOf[row] >= 0).Sum(row => costs[row, columnOf[row]]).Should()
                .BeApproximately(Cheapest(costs, 0, []), 1e-9);
        },
        iter: 400);

    private static double Cheapest(double[,] costs, int row, HashSet<int> taken)
    {
        int rows = costs.GetLength(0), columns = costs.GetLength(1);
        if (row == rows)
        {
            return taken.Count == Math.Min(rows, columns) ? 0 : double.PositiveInfinity;
        }

        double best = rows > columns ? Cheapest(costs, row + 1, taken) : double.PositiveInfinity;
        for (int column = 0; column < columns; column++)
        {
            if (taken.Add(column))
            {
                best = Math.Min(best, costs[row, column] + Cheapest(costs, row + 1, taken));
                taken.Remove(column);
            }
        }

        return best;
    }
}
