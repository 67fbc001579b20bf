using System.Globalization;
using System.Net;

namespace SsMfar.Video;

/// <summary>Writes a page as HTML with drawings in SVG.</summary>
internal static class PageWriter
{
    private const int Left = 96;
    private const int Plot = 960;
    private const int Strip = 26;
    private const int Curve = 110;
    private const int Row = 13;
    private const int Gap = 14;

    private const string Head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        """;

    private static readonly Lazy<string> Style = new(() =>
    {
        using Stream stream = typeof(PageWriter).Assembly.GetManifestResourceStream("page.css")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    });

    public static void Write(TextWriter writer, PageContent page)
    {
        string name = WebUtility.HtmlEncode(Path.GetFileName(Path.TrimEndingDirectorySeparator(page.Name)));
        writer.WriteLine(Head);
        writer.WriteLine($"<title>{name}</title>\n<style>\n{Style.Value}</style>\n</head>\n<body>\n<main>\n<h1>{name}</h1>");
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"<p>{page.Frames} frames in {Clock(page.Duration)}, {page.WithFace} with a face, {page.Failed} not read; " +
                $"{page.AllTracks} tracks."));
        if (page.AllTracks > page.Tracks.Count)
        {
            writer.WriteLine(Text($"Shown are the {page.Tracks.Count} with the most frames."));
        }

        writer.WriteLine("""
            </p><p class="soft">A track says that a face is where a face was a moment ago. It is not an identity: whoever leaves and
            returns is another track.</p>
            """);
        foreach (TrackTimeline track in page.Tracks)
        {
            WriteTrack(writer, track, page.Duration);
        }

        writer.WriteLine("</main>\n</body>\n</html>");
    }

    private static void WriteTrack(TextWriter writer, TrackTimeline track, double duration)
    {
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"<section><h2>Track {track.Track}</h2>" +
                $"<p class=\"soft\">{track.Frames} frames from {Clock(track.From)} to {Clock(track.To)}.</p>"));
        if (track.Shape is { } shape)
        {
            int units = shape.Thresholds.Length;
            int height = Strip + Gap + (shape.HasAffect ? Curve + Gap : 0) + (units > 0 ? (units * Row) + Gap : 0) + 16;
            writer.WriteLine(Text(
                $"<figure><svg viewBox=\"0 0 {Left + Plot + 8} {height}\" role=\"img\"><title>Track {track.Track} over time</title>"));
            int top = 0;
            if (shape.Classes is not null)
            {
                WriteExpressions(writer, track);
                top = Strip + Gap;
            }

            if (shape.HasAffect)
            {
                WriteAffect(writer, track, top);
                top += Curve + Gap;
            }

            if (units > 0)
            {
                WriteUnits(writer, track, shape, top);
                top += (units * Row) + Gap;
            }

            WriteTimes(writer, duration, top);
            writer.WriteLine("</svg>");
            WriteKey(writer, shape);
            WritePeaks(writer, track);
            writer.WriteLine("</figure>");
        }

        writer.WriteLine("</section>");
    }

    private static void WriteExpressions(TextWriter writer, TrackTimeline track)
    {
        writer.WriteLine(Text($"<text x=\"0\" y=\"{Strip - 8}\">expression</text>"));
        WriteRuns(writer, track, 0, Strip, bin => Array.IndexOf(bin.Votes!, bin.Votes!.Max()) % 8, level => ($"c{level}", 1));
    }

    private static void WriteAffect(TextWriter writer, TrackTimeline track, int top)
    {
        double middle = top + (Curve / 2.0);
        writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
            $"<text x=\"0\" y=\"{top + 10}\">1</text><text x=\"0\" y=\"{middle + 4}\">valence, arousal</text>"
            + $"<text x=\"0\" y=\"{top + Curve}\">-1</text>"
            + $"<line class=\"axis\" x1=\"{Left}\" x2=\"{Left + Plot}\" y1=\"{middle}\" y2=\"{middle}\"/>"));
        for (int i = 0; i < 2; i++)
        {
            writer.Write($"<path class=\"{(i == 0 ? 'v' : 'a')}\" d=\"");
            bool isDown = false;
            for (int bin = 0; bin < track.Bins.Length; bin++)
            {
                if (track.Bins[bin] is not { Count: > 0 } one)
                {
                    isDown = false;
                    continue;
                }

                double x = Left + ((bin + 0.5) * Plot / track.Bins.Length), y = middle - (one.Sums![i] / one.Count * Curve / 2);
                writer.Write(Text($"{(isDown ? 'L' : 'M')}{x:0.#} {y:0.#}"));
                writer.Write(isDown ? "" : "h0.1");
                isDown = true;
            }

            writer.WriteLine("\"/>");
        }
    }

    private static void WriteUnits(TextWriter writer, TrackTimeline track, ReadingShape shape, int top)
    {
        for (int unit = 0; unit < shape.Thresholds.Length; unit++)
        {
            int at = shape.UnitsAt + unit, y = top + (unit * Row);
            writer.WriteLine(Text($"<text x=\"0\" y=\"{y + Row - 3}\">{shape.Units.Names[unit]}</text>"));
            WriteRuns(
                writer, track, y, Row - 1, bin => (int)Math.Round(10 * bin.Sums![at] / bin.Count), level => ("u", level / 10.0));
        }
    }

    // Neighbours of one level are one rectangle.
    private static void WriteRuns(
        TextWriter writer, TrackTimeline track, int top, int height, Func<TrackTimeline.Bin, int> levelOf,
        Func<int, (string Tone, double Opacity)> look)
    {
        int start = 0, level = -1;
        for (int bin = 0; bin <= track.Bins.Length; bin++)
        {
            int next = bin < track.Bins.Length && track.Bins[bin].Count > 0 ? levelOf(track.Bins[bin]) : -1;
            if (next == level && bin < track.Bins.Length)
            {
                continue;
            }

            if (level >= 0 && look(level) is { Opacity: > 0 } seen)
            {
                double unit = Plot / (double)track.Bins.Length;
                writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                    $"<rect class=\"{seen.Tone}\" x=\"{Left + (start * unit):0.#}\" y=\"{top}\" width=\"{(bin - start) * unit:0.#}\" "
                    + $"height=\"{height}\" opacity=\"{seen.Opacity:0.#}\"/>"));
            }

            (start, level) = (bin, next);
        }
    }

    private static void WriteTimes(TextWriter writer, double duration, int top)
    {
        for (int i = 0; i <= 4; i++)
        {
            string anchor = i == 0 ? "start" : i == 4 ? "end" : "middle";
            writer.WriteLine(Text(
                $"<text x=\"{Left + (i * Plot / 4)}\" y=\"{top + 8}\" text-anchor=\"{anchor}\">{Clock(i * duration / 4)}</text>"));
        }
    }

    private static void WriteKey(TextWriter writer, ReadingShape shape)
    {
        writer.Write("<div class=\"key\">");
        for (int i = 0; i < (shape.Classes?.Count ?? 0); i++)
        {
            writer.Write(Text($"<span class=\"c{i % 8}\"><i></i>{WebUtility.HtmlEncode(shape.Classes![i])}</span>"));
        }

        writer.Write(shape.HasAffect ? "<span class=\"v\"><i></i>valence</span><span class=\"a\"><i></i>arousal</span>" : "");
        writer.Write(shape.Thresholds.IsEmpty ? "" : "<span class=\"u\"><i></i>unit, the darker the more probable</span>");
        writer.WriteLine("</div>");
    }

    private static void WritePeaks(TextWriter writer, TrackTimeline track)
    {
        writer.WriteLine("<div class=\"peaks\">");
        foreach (TrackTimeline.Peak peak in track.Peaks.Where(peak => peak.Picture is not null))
        {
            string what = WebUtility.HtmlEncode(peak.What);
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"<div><img alt=\"{what}\" src=\"data:image/jpeg;base64,{peak.Picture}\">{what} {peak.Value:0.00}<br>"
                + $"{Clock(peak.Time)}, frame {peak.Frame}</div>"));
        }

        writer.WriteLine("</div>");
    }

    private static string Clock(double seconds) => string.Create(
        CultureInfo.InvariantCulture, $"{(int)(seconds / 60)}:{Math.Floor(seconds % 60):00}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
