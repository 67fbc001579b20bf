using SsMfar.Data;

namespace SsMfar.Tests.Data;

/// <summary>Folds have their share of every label, as far as whole groups allow.</summary>
public sealed class StratifiedFoldsTests
{
    private static readonly ExpressionClassSet Classes = ExpressionClassSet.AffWild2;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Each_fold_has_its_share_of_every_class_and_unit_and_pair(int seed)
    {
        AnnotationSet set = Drawn(1000, seed, row => $"{row}.jpg");

        int[] folds = set.Folds(5, seed);

        folds.CountBy(fold => fold).Should().OnlyContain(fold => fold.Value == 200);
        for (int label = 0; label < Classes.Count; label++)
        {
            Even(row => row.Expression == label, 2, $"class {label}");
            foreach (ActionUnit unit in set.Units.Units)
            {
                Even(row => row.ActionUnits[unit] == true, 2, $"{unit} present");
                Even(row => row.ActionUnits[unit] == false, 2, $"{unit} absent");
                Even(row => row.Expression == label && row.ActionUnits[unit] == true, 3, $"{unit} present in {label}");
            }
        }

        void Even(Func<AnnotationRow, bool> has, int off, string what)
        {
            int[] counts = [.. Enumerable.Range(0, 5).Select(fold => set.Where((row, i) => folds[i] == fold && has(row)).Count())];
            double share = counts.Sum() / 5.0;
            counts.Should().OnlyContain(count => Math.Abs(count - share) <= off + (0.1 * share), $"{what}: {string.Join(' ', counts)}");
        }
    }

    [Fact]
    public void A_class_of_two_rows_is_learned_whichever_fold_is_held_back()
    {
        AnnotationSet set = new(
            Enumerable.Range(0, 400).Select(i => new AnnotationRow($"{i}.jpg", null, i < 2 ? 7 : i % 3, ActionUnitLabels.Unknown)),
            Classes);
        for (int seed = 0; seed < 20; seed++)
        {
            int[] folds = set.Folds(5, seed);

            folds[0].Should().NotBe(folds[1]);
        }
    }

    [Theory]
    [InlineData("AC BD AB", 2, true)]
    [InlineData("AB BC AC", 2, false)] // two of three groups are in one fold, and have a class in common
    [InlineData("AB BC AC", 3, true)]
    [InlineData("AB CD AC BE DF EF", 2, true)]
    public void Classes_of_groups_that_have_others_too_are_in_two_folds_where_they_can_be(string videos, int count, bool canBe)
    {
        string[] groups = videos.Split(' ');
        AnnotationSet set = new(
            from video in groups
            from label in video
            select new AnnotationRow($"{video}/{label}.jpg", null, label - 'A', ActionUnitLabels.Unknown), Classes);
        for (int seed = 0; seed < 20; seed++)
        {
            int[] folds = set.Folds(count, seed, ImageGroups.Video);

            folds.Distinct().Should().HaveCount(count);
            set.Select((row, i) => (row.Expression, folds[i], Video: ImageGroups.Video(row.Image))).GroupBy(row => row.Expression)
                .Where(rows => rows.Select(row => row.Video).Distinct().Count() > 1)
                .All(rows => rows.Select(row => row.Item2).Distinct().Count() > 1).Should().Be(canBe, $"seed {seed}");
        }
    }

    [Fact]
    public void A_class_of_two_groups_is_in_two_folds_though_sizes_are_less_even_then()
    {
        AnnotationSet set = new(
            Enumerable.Range(0, 10).Select(i => new AnnotationRow(
                i < 5 ? $"a/{i}.jpg" : i < 8 ? $"b/{i}.jpg" : $"x{i}/{i}.jpg", null, i < 8 ? 1 : 7, ActionUnitLabels.Unknown)),
            Classes);
        for (int seed = 0; seed < 20; seed++)
        {
            int[] folds = set.Folds(2, seed, image => image.Split('/')[0]);

            folds[8].Should().NotBe(folds[9]);
        }
    }

    [Fact]
    public void Videos_are_never_parted_and_classes_that_are_of_several_are_in_every_rest()
    {
        // Each video has one expression, four to ten frames long.
        AnnotationSet set = new(
            from video in Enumerable.Range(0, 64)
            from frame in Enumerable.Range(0, 4 + (video % 7))
            select new AnnotationRow($"video{video}/{frame}.jpg", null, video % Classes.Count, ActionUnitLabels.Unknown), Classes);

        int[] folds = set.Folds(4, 3, ImageGroups.Video);

        set.Select((row, i) => (ImageGroups.Video(row.Image), folds[i])).Distinct().Should().HaveCount(64);
        folds.CountBy(fold => fold).Should().OnlyContain(fold => Math.Abs(fold.Value - (set.Count / 4.0)) <= 10);
        foreach (int label in Enumerable.Range(0, Classes.Count))
        {
            set.Where((row, i) => row.Expression == label).Should().NotBeEmpty();
            Enumerable.Range(0, 4).Should().OnlyContain(
                held => Enumerable.Range(0, set.Count).Any(i => folds[i] != held && set[i].Expression == label), $"class {label}");
        }
    }

    private static AnnotationSet Drawn(int count, int seed, Func<int, string> name)
    {
        Random random = new(seed);
        return new(
            Enumerable.Range(0, count).Select(row =>
            {
                int expression = Math.Min(random.Next(Classes.Count), random.Next(Classes.Count));
                ActionUnitLabels units = ActionUnitLabels.Unknown;
                for (int unit = 0; unit < 12; unit++)
                {
                    units = random.NextDouble() < 0.2
                        ? units : units.With(unit, random.NextDouble() < 0.1 + (0.05 * ((unit + expression) % 8)));
                }

                return new AnnotationRow(
                    name(row), random.NextDouble() < 0.5 ? new(0.1f, 0.2f) : null, random.NextDouble() < 0.9 ? expression : null, units);
            }),
            Classes);
    }
}
