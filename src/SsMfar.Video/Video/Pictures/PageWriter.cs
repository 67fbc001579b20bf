using System.Globalization;
using System.Net;
using SsMfar.Data;

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

    private const string Style = """
        <style>
        :root {
          --paper: #fbfaf7; --card: #ffffff; --ink: #22252b; --soft: #646b78; --line: #e3e1da; --units: #23707d; --valence: #2b62b4; --arousal: #b4562b;
          --c0: #9aa0aa; --c1: #b3382c; --c2: #7a6b2f; --c3: #6a58b0; --c4: #d9a21b; --c5: #2b62b4; --c6: #c2567f; --c7: #2f7d4f;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #15171b; --card: #1d2026; --ink: #e7e6e2; --soft: #9aa1ad; --line: #30343c; --units: #55b5c4; --valence: #79a8ee; --arousal: #e68a5c;
            --c0: #767d89; --c1: #ee7b6d; --c2: #c0ad62; --c3: #a595ea; --c4: #f0c14b; --c5: #79a8ee; --c6: #e77fb5; --c7: #67c08b;
          }
        }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 48px 24px 64px; }
        h1 { font: 600 32px/1.2 Georgia, "Times New Roman", serif; margin: 0 0 8px; overflow-wrap: anywhere; }
        h2 { font: 600 22px/1.3 Georgia, "Times New Roman", serif; margin: 44px 0 4px; }
        p { margin: 0 0 12px; max-width: 76ch; } .soft { color: var(--soft); }
        figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 16px; }
        svg { display: block; width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
        .key { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--soft); padding: 8px 0 0; }
        .key i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; background: var(--tone); }
        .c0 { --tone: var(--c0); } .c1 { --tone: var(--c1); } .c2 { --tone: var(--c2); } .c3 { --tone: var(--c3); } .c4 { --tone: var(--c4); }
        .c5 { --tone: var(--c5); } .c6 { --tone: var(--c6); } .c7 { --tone: var(--c7); } .v { --tone: var(--valence); } .a { --tone: var(--arousal); }
        .u { --tone: var(--units); } rect[class] { fill: var(--tone); } path { fill: none; stroke: var(--tone); stroke-width: 1.5; }
        .axis { stroke: var(--line); }
        .peaks { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 14px; } .peaks div { width: 112px; font-size: 12px; color: var(--soft); line-height: 1.35; }
        .peaks img { display: block; width: 112px; height: 112px; object-fit: contain; border-radius: 8px; background: var(--line); margin-bottom: 4px; }
        </style>
        """;

    public static void Write(TextWriter writer, PageContent page)
    {
        string name = WebUtility.HtmlEncode(Path.GetFileName(Path.TrimEndingDirectorySeparator(page.Name)));
        writer.WriteLine(Head);
        writer.WriteLine($"<title>{name}</title>\n{Style}\n</head>\n<body>\n<main>\n<h1>{name}</h1>");
        writer.WriteLine(Text(
            $"<p>{page.Frames} frames in {Clock(page.Duration)}, {page.WithFace} with a face, {page.Failed} not read; {page.AllTracks} tracks."));
        if (page.AllTracks > page.Tracks.Count)
        {
            writer.WriteLine(Text($"Shown are the {page.Tracks.Count} with the most frames."));
        }

        writer.WriteLine("""
            </p><p class="soft">A track says that a face is where a face was a moment ago. It is not an identity: whoever leaves and returns is
            another track.</p>
            """);
        foreach (TrackTimeline track in page.Tracks)
        {
            WriteTrack(writer, track, page.Duration);
        }

        writer.WriteLine("</main>\n</body>\n</html>");
    }

    private static void WriteTrack(TextWriter writer, TrackTimeline track, double duration)
    {
        writer.WriteLine(Text(
            $"<section><h2>Track {track.Track}</h2><p class=\"soft\">{track.Frames} frames from {Clock(track.From)} to {Clock(track.To)}.</p>"));
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
            $"<text x=\"0\" y=\"{top + 10}\">1</text><text x=\"0\" y=\"{middle + 4}\">valence, arousal</text><text x=\"0\" y=\"{top + Curve}\">-1</text>"
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
            writer.WriteLine(Text($"<text x=\"0\" y=\"{y + Row - 3}\">{ActionUnits.Names[unit]}</text>"));
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
                $"<div><img alt=\"{what}\" src=\"data:image/jpeg;base64,{peak.Picture}\">{what} {peak.Value:0.00}<br>{Clock(peak.Time)}, frame "
                + $"{peak.Frame}</div>"));
        }

        writer.WriteLine("</div>");
    }

    private static string Clock(double seconds) => string.Create(
        CultureInfo.InvariantCulture, $"{(int)(seconds / 60)}:{Math.Floor(seconds % 60):00}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
