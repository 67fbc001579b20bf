using System.Globalization;

namespace SsMfar.Tests.Documentation;

/// <summary>The times on docs/scaling.md are what its own formula gives of its own numbers.</summary>
public sealed class ScalingPageTests
{
    private const double Bytes = 4.0 * (12_098_646 + 9_600);

    [Fact]
    public void The_table_of_times_is_the_formula_s()
    {
        string[][] rows =
        [
            .. File.ReadLines(Path.Combine(Repository.Root, "docs", "scaling.md"))
                .SkipWhile(line => !line.StartsWith("| ranks |", StringComparison.Ordinal)).Skip(2)
                .TakeWhile(line => line.StartsWith('|')).Select(line => line.Trim('|', ' ').Split('|')),
        ];

        rows.Select(row => Number(row[0])).Should().Equal(2, 8, 64, 512);
        foreach (string[] row in rows)
        {
            double ranks = Number(row[0]);
            double[] expected = [.. new[] { 1e9, 1e10, 1e11 }.Select(bits => 2 * (ranks - 1) / ranks * Bytes * 8 / bits)];
            row[1..].Select(Number).Zip(expected, (said, is_) => Math.Abs(said - is_) / is_).Should().OnlyContain(error => error < 0.02);
        }

        static double Number(string cell) => double.Parse(cell.Trim(), CultureInfo.InvariantCulture);
    }
}
