using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Predictions;

namespace SsMfar.Tests.Predictions;

/// <summary>What predictions print, whatever tasks they are of.</summary>
public sealed class PredictionTextTests
{
    private static readonly ExpressionPrediction Happy = new(new ExpressionClassSet("calm", "glad"), [0.07f, 0.93f]);

    private static readonly ActionUnitPrediction Smile = new([0, 0, 0, 0.9f, 0, 0, 0.8f, 0, 0, 0, 0, 0.5f]);

    [Fact]
    public void A_prediction_prints_as_one_line() =>
        new AffectPrediction { Expression = Happy, ValenceArousal = new(0.714f, -0.32f), ActionUnits = Smile }.ToString()
            .Should().Be("glad 0.93, valence +0.71, arousal -0.32, AU6 AU12");

    [Fact]
    public void Only_the_tasks_that_are_there_are_printed()
    {
        new AffectPrediction { Expression = Happy }.ToString().Should().Be("glad 0.93");
        new AffectPrediction { ValenceArousal = new(0, 1) }.ToString().Should().Be("valence 0.00, arousal +1.00");
        new AffectPrediction { ActionUnits = new([.. new float[12]]) }.ToString().Should().Be("no AU");
        new AffectPrediction { Custom = Of(("years", 31.5f), ("glasses", "none"), ("pose", ImmutableArray.Create(1f, 0.25f))) }.ToString()
            .Should().Be("glasses none, pose [1 0.25], years 31.5");
        new AffectPrediction().ToString().Should().Be("nothing predicted");
    }

    [Fact]
    public void Numbers_print_alike_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            CultureInfo.CurrentCulture = comma;
            new AffectPrediction { Expression = Happy, ValenceArousal = new(0.5f, 0), Custom = Of(("years", 31.5f)) }.ToString()
                .Should().Be("glad 0.93, valence +0.50, arousal 0.00, years 31.5");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Items_print_their_name_and_what_became_of_them()
    {
        FaceImage face = FaceImage.FromFile("a.jpg");

        PredictionItem.Success(face, new() { Expression = Happy }).ToString().Should().Be("a.jpg: glad 0.93");
        PredictionItem.Failure(face, new ImageDecodeException("a.jpg", "it is empty", "Look.")).ToString()
            .Should().StartWith("a.jpg: ").And.Contain("it is empty");
    }

    [Fact]
    public void Valence_and_arousal_of_a_model_without_them_are_null()
    {
        AffectPrediction face = new() { Expression = Happy };

        (face.Valence, face.Arousal).Should().Be((null, null));
        (new AffectPrediction { ValenceArousal = new(0.1f, 0.2f) }).Valence.Should().Be(0.1f);
    }

    [Fact]
    public void A_custom_prediction_is_asked_for_by_name_and_type()
    {
        AffectPrediction face = new() { Custom = Of(("age", 31.5f), ("pose", "left")) };

        face.Get<float>("age").Should().Be(31.5f);
        face.Get<string>("pose").Should().Be("left");
        face.Invoking(f => f.Get<double>("age")).Should().Throw<InvalidCastException>().WithMessage("*'age'*System.Single*System.Double*");
        face.Invoking(f => f.Get<float>("height")).Should().Throw<KeyNotFoundException>().WithMessage("*'height'*age, pose*");
        new AffectPrediction().Invoking(f => f.Get<float>("age")).Should().Throw<KeyNotFoundException>().WithMessage("*none*");
    }

    [Fact]
    public void Predictions_of_another_size_than_their_names_are_refused()
    {
        FluentActions.Invoking(() => new ExpressionPrediction(ExpressionClassSet.AffWild2, [1])).Should().Throw<ArgumentException>()
            .WithMessage("*8 classes, got 1*");
        FluentActions.Invoking(() => new ActionUnitPrediction([1])).Should().Throw<ArgumentException>().WithMessage("*12 units, got 1*");
        FluentActions.Invoking(() => new ActionUnitPrediction(Smile.Probabilities, [0.5f])).Should().Throw<ArgumentException>()
            .WithMessage("*12 units, got 1*");
        FluentActions.Invoking(() => new ActionUnitPrediction(default)).Should().Throw<ArgumentException>().WithMessage("*got 0*");
        FluentActions.Invoking(() => new ExpressionPrediction(ExpressionClassSet.AffWild2, default)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void The_first_of_equally_probable_classes_is_the_expression()
    {
        ExpressionPrediction even = new(new ExpressionClassSet("a", "b", "c"), [0.2f, 0.4f, 0.4f]);

        (even.Index, even.Name, even.Confidence, even.ToString()).Should().Be((1, "b", 0.4f, "b"));
    }

    private static ImmutableDictionary<string, object> Of(params (string Task, object Value)[] tasks) =>
        tasks.ToImmutableDictionary(task => task.Task, task => task.Value);
}
