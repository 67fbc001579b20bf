using System.Collections.Immutable;
using System.Text.Json;

namespace SsMfar.Metadata;

/// <summary>
/// What somebody who is to use a model should know of it, after Mitchell and others, "Model Cards for Model Reporting" (2019): the data
/// that it learned from and their licences, what it is for and what not, its scores and those of groups of people. What it says is what
/// its author says; the library checks its form alone. <see cref="ModelMetadata.Card"/> keeps it in the model file. Two are equal when all
/// their values are.
/// </summary>
public sealed record ModelCard
{
    /// <summary>Gets the model's name; null where it has none.</summary>
    public string? Name { get; init; }

    /// <summary>Gets what the model is, in a sentence or two.</summary>
    public string? Description { get; init; }

    /// <summary>Gets the licence of the model's weights, as its author names it.</summary>
    public string? Licence { get; init; }

    /// <summary>Gets whom to ask.</summary>
    public string? Contact { get; init; }

    /// <summary>Gets the data that the model learned from, was chosen by or was judged by.</summary>
    public ImmutableArray<CardData> Data { get; init; } = [];

    /// <summary>Gets what the model is for.</summary>
    public ImmutableArray<string> IntendedUse { get; init; } = [];

    /// <summary>Gets what the model is not to be used for.</summary>
    public ImmutableArray<string> ExcludedUse { get; init; } = [];

    /// <summary>Gets where the model is known to fail, or was not tried.</summary>
    public ImmutableArray<string> Limitations { get; init; } = [];

    /// <summary>Gets what the scores are of, in words.</summary>
    public string? EvaluatedOn { get; init; }

    /// <summary>Gets the scores; null where none are given, and where the model was tuned since.</summary>
    public CardEvaluation? Evaluation { get; init; }

    /// <summary>Reads a card as JSON, as somebody writes it or <see cref="ToJson"/> does.</summary>
    /// <param name="json">The document; a member that a card does not have is refused.</param>
    /// <exception cref="JsonException">The text is no such document, or a value cannot be used; the message names it.</exception>
    public static ModelCard FromJson(string json) => ModelMetadataJson.ReadCard(json);

    /// <summary>Returns the JSON document.</summary>
    /// <exception cref="ArgumentException">A score is not finite.</exception>
    public string ToJson() => ModelMetadataJson.Write(this);

    /// <summary>
    /// Returns the card as Markdown. A part that the card does not have says that it is not stated. A paragraph on regulation comes last,
    /// with the date that it is of.
    /// </summary>
    /// <param name="metadata">What the model file says besides; left out when null.</param>
    public string ToMarkdown(ModelMetadata? metadata = null) => ModelCardMarkdown.Of(this, metadata);

    /// <summary>What is known of the law at the date that it names; no advice.</summary>
    public static string RegulationNote => ModelCardMarkdown.Regulation;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A text is blank, a number is not finite or negative; the message names it.</exception>
    public void Validate()
    {
        foreach ((string name, string? text) in new[]
        {
            (nameof(Name), Name), (nameof(Description), Description), (nameof(Licence), Licence), (nameof(Contact), Contact),
            (nameof(EvaluatedOn), EvaluatedOn),
        })
        {
            RequireText(name, text ?? "-");
        }

        foreach ((string name, ImmutableArray<string> texts) in new[]
        {
            (nameof(IntendedUse), IntendedUse), (nameof(ExcludedUse), ExcludedUse), (nameof(Limitations), Limitations),
        })
        {
            foreach (string text in texts.IsDefault ? throw new ArgumentException($"The card's {name} are null.") : texts)
            {
                RequireText(name, text);
            }
        }

        foreach (CardData data in Data.IsDefault ? throw new ArgumentException($"The card's {nameof(Data)} are null.") : Data)
        {
            RequireText($"{nameof(Data)}.{nameof(CardData.Name)}", data.Name);
            RequireText($"{nameof(Data)}.{nameof(CardData.Licence)}", data.Licence ?? "-");
            RequireText($"{nameof(Data)}.{nameof(CardData.Use)}", data.Use ?? "-");
            if (data.Rows < 0)
            {
                throw new ArgumentException($"The card's {nameof(Data)} '{data.Name}' has {data.Rows} rows; give 0 or more.");
            }
        }

        Evaluation?.Validate();
    }

    /// <summary>Compares all values.</summary>
    /// <param name="other">The other card.</param>
    public bool Equals(ModelCard? other) => other is not null && ToJson() == other.ToJson();

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Description, Licence, Data.Length);

    private static void RequireText(string name, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new ArgumentException($"The card's {name} is blank. Write something, or leave it out.");
        }
    }
}

/// <summary>Data that a model has to do with.</summary>
/// <param name="name">The data's name.</param>
/// <param name="use">What they were used for, such as training; null where it is not said.</param>
/// <param name="licence">Their licence, as whoever writes the card names it; null where it is not said.</param>
/// <param name="rows">How many faces; null where it is not said.</param>
public sealed class CardData(string name, string? use = null, string? licence = null, int? rows = null)
{
    /// <summary>Gets the data's name.</summary>
    public string Name { get; } = name;

    /// <summary>Gets what they were used for; null where it is not said.</summary>
    public string? Use { get; } = use;

    /// <summary>Gets their licence, as whoever wrote the card names it; null where it is not said.</summary>
    public string? Licence { get; } = licence;

    /// <summary>Gets how many faces; null where it is not said.</summary>
    public int? Rows { get; } = rows;
}
