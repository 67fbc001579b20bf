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

    [Fact]
    public void The_page_says_what_differs_from_pretrained_weights()
    {
        string[] expected =
        [
            .. from recipe in TrainingRecipe.All
               from difference in RunDescription.Of(recipe.Create(), []).Differences(RunDescription.Of(recipe.CreateFor(pretrained: true), []))
               select $"`{recipe.Name}`: {difference}",
        ];

        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "recipes.md"));
        Start().Matches(page).Select(line => $"`{line.Groups[1]}`: {line.Groups[2]} was {line.Groups[3]}, is {line.Groups[4]}").Should()
            .Equal(expected).And.NotBeEmpty();
    }

    // `recipe` has `Name` a from scratch, b from pretrained weights
    [GeneratedRegex(@"`(\w+)` has `([\w.]+)` (\S+) from scratch and (\S+) from pretrained weights")]
    private static partial Regex Start();

    // | `Name` (remark) | a | b | c |
    [GeneratedRegex(@"^\| `([\w.]+)`[^|]*\| ([^|]+ \| [^|]+ \| [^|]+) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
