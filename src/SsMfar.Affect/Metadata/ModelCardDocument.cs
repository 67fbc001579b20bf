using System.Text.Json;
using System.Text.Json.Serialization;

namespace SsMfar.Metadata;

/// <summary>What the JSON of a <see cref="ModelCard"/> holds, as <see cref="ModelDocument"/> does for the rest of a model file.</summary>
internal static class ModelCardDocument
{
    private static IEnumerable<T> Whole<T>(T?[] entries, string name)
        where T : class => entries.Select(entry => entry ?? throw new JsonException($"one of the {name} of the card is null"));

    /// <summary><see cref="ModelCard"/>.</summary>
    public sealed class Card
    {
        public string? Name { get; set; }

        public string? Description { get; set; }

        public string? Licence { get; set; }

        public string? Contact { get; set; }

        public Data?[] Data { get; set; } = [];

        public string?[] IntendedUse { get; set; } = [];

        public string?[] ExcludedUse { get; set; } = [];

        public string?[] Limitations { get; set; } = [];

        public string? EvaluatedOn { get; set; }

        public Evaluation? Evaluation { get; set; }

        public static Card Of(ModelCard card) => new()
        {
            Name = card.Name,
            Description = card.Description,
            Licence = card.Licence,
            Contact = card.Contact,
            Data = [.. card.Data.Select(data => new Data { Name = data.Name, Use = data.Use, Licence = data.Licence, Rows = data.Rows })],
            IntendedUse = [.. card.IntendedUse],
            ExcludedUse = [.. card.ExcludedUse],
            Limitations = [.. card.Limitations],
            EvaluatedOn = card.EvaluatedOn,
            Evaluation = card.Evaluation is { } evaluation ? Evaluation.Of(evaluation) : null,
        };

        public ModelCard ToCard() => new()
        {
            Name = Name,
            Description = Description,
            Licence = Licence,
            Contact = Contact,
            Data = [.. Whole(Data, "data").Select(data => new CardData(data.Name, data.Use, data.Licence, data.Rows))],
            IntendedUse = [.. Whole(IntendedUse, "intended uses")],
            ExcludedUse = [.. Whole(ExcludedUse, "excluded uses")],
            Limitations = [.. Whole(Limitations, "limitations")],
            EvaluatedOn = EvaluatedOn,
            Evaluation = Evaluation?.ToEvaluation(),
        };
    }

    /// <summary><see cref="CardData"/>.</summary>
    public sealed class Data
    {
        [JsonRequired]
        public string Name { get; set; } = "";

        public string? Use { get; set; }

        public string? Licence { get; set; }

        public int? Rows { get; set; }
    }

    /// <summary><see cref="CardEvaluation"/>.</summary>
    public sealed class Evaluation
    {
        [JsonRequired]
        public int Rows { get; set; }

        [JsonRequired]
        public string GroupBy { get; set; } = "";

        [JsonRequired]
        public double Level { get; set; }

        public Score?[] Scores { get; set; } = [];

        public Subgroup?[] Subgroups { get; set; } = [];

        public static Evaluation Of(CardEvaluation evaluation) => new()
        {
            Rows = evaluation.Rows,
            GroupBy = evaluation.GroupBy,
            Level = evaluation.Level,
            Scores = [.. evaluation.Scores.Select(Score.Of)],
            Subgroups =
            [
                .. evaluation.Subgroups.Select(group => new Subgroup
                {
                    Column = group.Column,
                    Group = group.Group,
                    Labels = group.Labels,
                    Score = Score.Of(group.Score),
                    Gap = Score.Of(group.Gap),
                    IsFound = group.IsFound,
                }),
            ],
        };

        public CardEvaluation ToEvaluation() => new()
        {
            Rows = Rows,
            GroupBy = GroupBy,
            Level = Level,
            Scores = [.. Whole(Scores, "scores").Select(score => score.ToScore())],
            Subgroups =
            [
                .. Whole(Subgroups, "subgroups").Select(group => new CardSubgroup(
                    group.Column, group.Group, group.Labels, group.Score.ToScore(), group.Gap.ToScore(), group.IsFound)),
            ],
        };
    }

    /// <summary><see cref="CardScore"/>.</summary>
    public sealed class Score
    {
        [JsonRequired]
        public string Name { get; set; } = "";

        public double? Value { get; set; }

        public double? Low { get; set; }

        public double? High { get; set; }

        public static Score Of(CardScore score) => new() { Name = score.Name, Value = score.Value, Low = score.Low, High = score.High };

        public CardScore ToScore() => new(Name, Value, Low, High);
    }

    /// <summary><see cref="CardSubgroup"/>.</summary>
    public sealed class Subgroup
    {
        [JsonRequired]
        public string Column { get; set; } = "";

        [JsonRequired]
        public string Group { get; set; } = "";

        public int Labels { get; set; }

        [JsonRequired]
        public Score Score { get; set; } = new();

        [JsonRequired]
        public Score Gap { get; set; } = new();

        public bool IsFound { get; set; }
    }
}
