using System.Globalization;
using SsMfar.Imaging;

namespace SsMfar.WebApi;

/// <summary>
/// A face box in a request's query: ?x=212&amp;y=80&amp;width=160&amp;height=160, whole numbers or fractions, as detectors give them.
/// </summary>
internal static class FaceBoxQuery
{
    private static readonly string[] Names = ["x", "y", "width", "height"];

    /// <summary>Reads the box, whose edges are rounded to pixels.</summary>
    /// <param name="query">The request's query.</param>
    /// <returns>The box, or null where the query has none.</returns>
    /// <exception cref="RequestProblemException">It is incomplete or cannot be used.</exception>
    public static FaceBox? Read(IQueryCollection query)
    {
        if (!Names.Any(query.ContainsKey))
        {
            return null;
        }

        double[] values = new double[Names.Length];
        for (int i = 0; i < values.Length; i++)
        {
            string text = query[Names[i]].ToString();
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !(Math.Abs(values[i]) <= 1e9))
            {
                throw Problem(text.Length == 0
                    ? $"A face box needs x, y, width and height, in pixels; {Names[i]} is missing."
                    : $"A face box needs x, y, width and height as numbers, in pixels, such as 212 or 80.5; {Names[i]} is '{text}'.");
            }
        }

        if (values[2] <= 0 || values[3] <= 0)
        {
            throw Problem("A face box needs a width and height above 0, in pixels.");
        }

        (int left, int right) = Edges(values[0], values[2]);
        (int top, int bottom) = Edges(values[1], values[3]);
        return new FaceBox(left, top, right - left, bottom - top);
    }

    private static RequestProblemException Problem(string problem) => new(StatusCodes.Status400BadRequest, problem);

    private static (int First, int Last) Edges(double start, double length)
    {
        int first = (int)Math.Round(start);
        return (first, Math.Max((int)Math.Round(start + length), first + 1));
    }
}
