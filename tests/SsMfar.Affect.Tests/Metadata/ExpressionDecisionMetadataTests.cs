using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Tests.Metadata;

/// <summary>Temperature and weights in what a model file says.</summary>
public sealed class ExpressionDecisionMetadataTests
{
    private static readonly ExpressionClassSet Classes = new("calm", "a|b", "odd");

    private static readonly ExpressionDecision Tuned = new([0.1f, 1.7f, 3.3333333f], 1.2345);

    private static ModelMetadata Plain => new()
    {
        Input = new(),
        ExpressionClasses = [.. Classes.Names],
        Decoders = ImmutableSortedDictionary<string, PartDescription>.Empty
            .Add(AffectTaskNames.Expression, new ExpressionDecoder(Classes).Description),
    };

    [Fact]
    public void A_document_keeps_them_to_the_last_bit()
    {
        ModelMetadata read = ModelMetadata.FromJson(Plain.WithExpressionDecision(Tuned).ToJson());

        read.Validate();
        read.ExpressionDecision().Should().Be(Tuned);
        ITaskDecoder decoder = TaskDecoders.BuiltIn.Create(read.Decoders[AffectTaskNames.Expression]);
        decoder.Should().BeOfType<ExpressionDecoder>().Which.Classes.Should().Be(Classes);
        decoder.OutputCount.Should().Be(3);
        ExpressionPrediction face = (ExpressionPrediction)decoder.Decode([0.5f, 0.3f, 0.2f]);
        face.Decision.Should().Be(Tuned);
        face.Probabilities.Should().Equal(Tuned.Decide(Classes, [0.5f, 0.3f, 0.2f]).Probabilities);
        face.Name.Should().Be("odd");
        read.ValidateOutputs(AffectTaskNames.Expression, 3);
        FluentActions.Invoking(() => read.ValidateOutputs(AffectTaskNames.Expression, 2)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_file_without_them_is_as_it_was_and_one_with_them_is_of_a_kind_that_older_versions_refuse()
    {
        PartDescription plain = Plain.Decoders[AffectTaskNames.Expression];
        plain.ToString().Should().Be(@"softmax-expression(classes=calm|a\|b|odd)");
        Plain.ExpressionDecision().Should().Be(ExpressionDecision.MostProbable);
        Plain.WithExpressionDecision(new([2, 2, 2])).Should().Be(Plain, "equal weights decide nothing");

        PartDescription tuned = Plain.WithExpressionDecision(Tuned).Decoders[AffectTaskNames.Expression];
        tuned.Kind.Should().Be("tuned-softmax-expression");
        Plain.WithExpressionDecision(Tuned).WithExpressionDecision(ExpressionDecision.MostProbable).Should().Be(Plain);
        Plain.WithExpressionDecision(new(temperature: 2)).ExpressionDecision().Should().Be(new ExpressionDecision(temperature: 2));
    }

    [Theory]
    [InlineData("weights", "1 2")]
    [InlineData("weights", "1 -2 3")]
    [InlineData("weights", "1 x 3")]
    [InlineData("temperature", "0")]
    [InlineData("temperature", "NaN")]
    [InlineData("temperature", "warm")]
    public void What_cannot_decide_is_refused(string setting, string value)
    {
        ModelMetadata tuned = Plain.WithExpressionDecision(Tuned);
        ModelMetadata broken = tuned with
        {
            Decoders = tuned.Decoders.SetItem(
                AffectTaskNames.Expression, tuned.Decoders[AffectTaskNames.Expression].With(setting, value)),
        };

        FluentActions.Invoking(broken.Validate).Should().Throw<ArgumentException>().WithMessage("The decoder of task 'expression'*");
    }

    [Fact]
    public void A_model_without_expressions_has_none()
    {
        ModelMetadata none = Plain with { ExpressionClasses = [], Decoders = ImmutableSortedDictionary<string, PartDescription>.Empty };

        none.ExpressionDecision().Should().BeNull();
        FluentActions.Invoking(() => none.WithExpressionDecision(Tuned)).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(() => Plain.WithExpressionDecision(new([1, 2]))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ExpressionDecoder.Create(
            new PartDescription(ExpressionDecoder.TunedKind).With("classes", "a|b").With("weights", "1 2"))).Should()
            .Throw<FormatException>().WithMessage("*temperature*");
    }
}
