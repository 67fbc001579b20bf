using System.Globalization;
using System.Text.Json.Nodes;
using SsMfar.Faces;

namespace SsMfar.Benchmarks.Videos;

/// <summary>What the table of a video of <see cref="PeopleInScene"/> holds: every frame, and who is in which track.</summary>
internal static class TableOfPeople
{
    public static JsonObject Judge(string table, int frames)
    {
        string[] header = File.ReadLines(table).First().Split(',');
        int Column(string name) => Array.IndexOf(header, name);
        (int frame, int track, int x, int y, int width, int height) =
            (Column("frame"), Column("track"), Column("x"), Column("y"), Column("width"), Column("height"));
        HashSet<long> told = [];
        Dictionary<(int Track, int Person), int> rows = [];
        int withoutFace = 0;
        foreach (string[] fields in File.ReadLines(table).Skip(1).Select(line => line.Split(',')))
        {
            long number = long.Parse(fields[frame], CultureInfo.InvariantCulture);
            told.Add(number);
            if (fields[track].Length == 0)
            {
                withoutFace++;
                continue;
            }

            float Of(int column) => float.Parse(fields[column], CultureInfo.InvariantCulture);
            int person = PersonAt(number, Of(x) + (Of(width) / 2), Of(y) + (Of(height) / 2));
            (int, int) key = (int.Parse(fields[track], CultureInfo.InvariantCulture), person);
            rows[key] = rows.GetValueOrDefault(key) + 1;
        }

        // A track is of the person that most of its faces are of.
        int right = rows.GroupBy(row => row.Key.Track).Sum(of => of.Where(row => row.Key.Person >= 0).Select(row => row.Value)
            .DefaultIfEmpty().Max());
        int faces = rows.Values.Sum();
        int visible = Enumerable.Range(0, frames).Where(i => i != PeopleInScene.Damaged)
            .Sum(i => Enumerable.Range(0, 2).Count(person => PeopleInScene.Place(person, i) is not null));
        return new()
        {
            ["framesAccountedFor"] = told.Count,
            ["rowsWithoutFace"] = withoutFace,
            ["faceRows"] = faces,
            ["facesThatCanBeSeen"] = visible,
            ["inTheTrackOfTheirPerson"] = right,
            ["share"] = Math.Round(right / (double)faces, 5),
            ["tracksOfTheFirst"] = rows.Keys.Where(key => key.Person == 0).Select(key => key.Track).Distinct().Count(),
            ["tracksOfTheSecond"] = rows.Keys.Where(key => key.Person == 1).Select(key => key.Track).Distinct().Count(),
        };
    }

    private static int PersonAt(long frame, float x, float y)
    {
        for (int person = 0; person < 2; person++)
        {
            if (PeopleInScene.Place(person, frame) is { } place
                && x > place.X && x < place.X + place.Width && y > place.Y && y < place.Y + place.Height)
            {
                return person;
            }
        }

        return -1;
    }
}
