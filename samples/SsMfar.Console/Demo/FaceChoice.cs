using SsMfar.Data;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>Chooses faces to show: fully labelled ones, as evenly over the classes and people as can be, whatever was predicted.</summary>
internal static class FaceChoice
{
    public static int[] Rows(AnnotationSet set, int count)
    {
        int[][] byClass =
        [
            .. Enumerable.Range(0, set.Count)
                .Where(i => set[i] is { Expression: not null, ValenceArousal: not null } row &&
                    row.ActionUnits.KnownCount == ActionUnits.Count)
                .GroupBy(i => set[i].Expression!.Value)
                .OrderBy(group => group.Key)
                .Select(group => group.ToArray()),
        ];
        List<int> chosen = [];
        HashSet<string> people = [];
        for (int round = 0; chosen.Count < count && byClass.Any(rows => rows.Length > round); round++)
        {
            foreach (int[] rows in byClass.Where(rows => rows.Length > round))
            {
                int[] left = [.. rows.Except(chosen)];
                chosen.Add(left.FirstOrDefault(row => people.Add(Path.GetDirectoryName(set[row].Image)!), left[0]));
            }
        }

        return [.. chosen.Take(count)];
    }
}
