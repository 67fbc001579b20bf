using System.Text.RegularExpressions;
using SsMfar.Training;

namespace SsMfar.Tests.Documentation;

/// <summary>The table of docs/recipes.md is what the recipes are.</summary>
public sealed partial class RecipesPageTests
{
    [Fact]
    public void The_table_has_every_option_in_which_two_recipes_differ_and_their_values()
    {
        IReadOnlyDictionary<string, string>[] recipes =
        [
            .. new[] { TrainingRecipe.Paper, TrainingRecipe.Published, TrainingRecipe.Recommended }.Select(
                recipe => RunDescription.Of(recipe.Create(), []).Entries),
        ];
        string[] expected =
        [
            .. recipes.SelectMany(recipe => recipe.Keys).Distinct().Order(StringComparer.Ordinal)
                .Select(name => (name, values: recipes.Select(recipe => recipe.GetValueOrDefault(name, "none").Trim('"')).ToArray()))
                .Where(option => option.values.Distinct().Count() > 1)
                .Select(option => $"{option.name}: {string.Join(" | ", option.values)}"),
        ];

        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "recipes.md"));
        Row().Matches(page).Select(row => $"{row.Groups[1].Value}: {row.Groups[2].Value}").Should().Equal(expected);
    }

    // | `Name` (remark) | a | b | c |
    [GeneratedRegex(@"^\| `([\w.]+)`[^|]*\| ([^|]+ \| [^|]+ \| [^|]+) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
