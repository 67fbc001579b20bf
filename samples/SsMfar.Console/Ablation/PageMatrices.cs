using System.Globalization;
using System.Text;
using SsMfar.ConsoleApp.Demo;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>A row's confusion matrix, and its valence and arousal as dots.</summary>
internal static class PageMatrices
{
    public static string Confusion(AblationRow row, ExpressionClassSet classes)
    {
        long[] counts = [.. Enumerable.Range(0, classes.Count * classes.Count).Select(cell => row.Runs.Sum(run => run.Confusion[cell]))];
        StringBuilder text = new();
        text.Append(
            CultureInfo.InvariantCulture,
            $"<figure><figcaption>{row.Paper.Method}</figcaption><div class=\"wide\"><table class=\"heat\"><thead><tr><th></th>");
        text.Append(string.Concat(classes.Names.Select(name => $"<th>{ReportPage.Encode(name)}</th>"))).Append("</tr></thead><tbody>");
        for (int truth = 0; truth < classes.Count; truth++)
        {
            long[] cells = counts[(truth * classes.Count)..((truth + 1) * classes.Count)];
            double total = Math.Max(1, cells.Sum());
            text.Append(CultureInfo.InvariantCulture, $"<tr><td>{ReportPage.Encode(classes[truth])}</td>");
            text.Append(string.Concat(cells.Select(count => string.Create(
                CultureInfo.InvariantCulture,
                $"<td title=\"{count}\" style=\"--share:{100 * count / total:F0}%\">{100 * count / total:F0}</td>"))));
            text.Append("</tr>");
        }

        return text.Append("</tbody></table></div></figure>").ToString();
    }

    public static string Affect(AblationRow row) =>
        $"""<figure><figcaption>{row.Paper.Method}</figcaption><div class="planes">{Plane("valence", row.Runs[0].Affect, 0)}{Plane("arousal", row.Runs[0].Affect, 2)}</div></figure>""";

    // One path of dots: round ends of lines without length.
    private static string Plane(string name, float[][] rows, int first)
    {
        string dots = string.Concat(rows.Select(row => string.Create(
            CultureInfo.InvariantCulture, $"M{Position(row[first]):F1} {Position(-row[first + 1]):F1}h0")));
        return $"""<svg viewBox="0 0 200 218" role="img"><rect class="plane" x="10" y="10" width="180" height="180"/><path class="agree" d="M10 190L190 10"/><path class="dots" d="{dots}"/><text x="100" y="210" text-anchor="middle">{name}</text></svg>""";
    }

    private static double Position(double value) => 100 + (90 * Math.Clamp(value, -1, 1));
}
