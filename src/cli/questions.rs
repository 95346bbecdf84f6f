//! Questions that a person answers in a line each: → a [`Profile`]. Never asks for a secret, only where it is kept.

use super::failure::Failure;
use crate::profile::secret::SecretSource;
use crate::profile::{Auth, Family, Named, Profile, User, variable};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};

/// Whoever answers: a terminal, or a test's lines.
pub struct Questions<'a> {
    pub answers: &'a mut dyn BufRead,
    pub prompts: &'a mut dyn Write,
}

impl Questions<'_> {
    /// All that a profile needs; `name`: what the cloud is called, where it was said already.
    pub fn profile(&mut self, name: Option<&str>) -> Result<Profile, Failure> {
        let family = self.one_of("What is it?", &["openstack", "s3", "ec2"])?;
        let name = match name {
            Some(name) => name.to_owned(),
            None => self.text("What should reports call it?", None)?,
        };
        if family == "openstack" {
            return self.openstack(&name);
        }
        let family = if family == "s3" {
            Family::S3
        } else {
            Family::Ec2
        };
        let endpoint = self.text("Where does it answer? https://…", None)?;
        let region = self.text("Region that requests are signed for?", Some("us-east-1"))?;
        let access_key = self.variable("access key", &variable(&name, "ACCESS_KEY"))?;
        let secret_key = self.variable("secret key", &variable(&name, "SECRET_KEY"))?;
        let auth = Auth::Keys {
            access_key,
            secret_key,
            session_token: None,
        };
        Ok(profile(&name, family, endpoint, Some(region), auth))
    }

    fn openstack(&mut self, name: &str) -> Result<Profile, Failure> {
        let url = self.text("Where does Identity answer? https://…/v3", None)?;
        let region = self.text("Region? Empty: the only one of the catalog", Some(""))?;
        let by = self.one_of("Log in by?", &["password", "application-credential"])?;
        let auth = if by == "password" {
            Auth::Password {
                username: self.text("User name?", None)?,
                user_domain: Named::Name(self.text("The user's domain?", Some("Default"))?),
                project: Named::Name(self.text("Project?", None)?),
                project_domain: Named::Name(self.text("The project's domain?", Some("Default"))?),
                password: self.variable("password", &variable(name, "PASSWORD"))?,
            }
        } else {
            Auth::ApplicationCredential {
                id: self.text("Its id?", None)?,
                secret: self.variable("secret", &variable(name, "SECRET"))?,
            }
        };
        let region = Some(region).filter(|region| !region.is_empty());
        Ok(profile(name, Family::Openstack, url, region, auth))
    }

    /// One of these; the first where nothing is typed.
    fn one_of(
        &mut self,
        question: &str,
        choices: &[&'static str],
    ) -> Result<&'static str, Failure> {
        let question = format!("{question} {}", choices.join(", "));
        loop {
            let answer = self.text(&question, choices.first().copied())?;
            if let Some(choice) = choices.iter().find(|choice| **choice == answer) {
                return Ok(*choice);
            }
            self.say("  one of these, please\n")?;
        }
    }

    /// The name of a variable. What is no name may be the secret itself, so it is never said again.
    fn variable(&mut self, what: &str, default: &str) -> Result<SecretSource, Failure> {
        let question = format!("Which environment variable holds the {what}?");
        loop {
            let answer = self.text(&question, Some(default))?;
            let mut characters = answer.chars();
            let begins = characters
                .next()
                .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
            if begins && characters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Ok(SecretSource::Env(answer));
            }
            self.say("  the name of a variable, please: the secret itself is not asked for\n")?;
        }
    }

    /// A line; asked again where it is empty and nothing stands for that.
    fn text(&mut self, question: &str, default: Option<&str>) -> Result<String, Failure> {
        let shown = default.filter(|default| !default.is_empty());
        let shown = shown.map_or_else(String::new, |default| format!(" [{default}]"));
        loop {
            self.say(&format!("{question}{shown} "))?;
            let mut line = String::new();
            let read = self.answers.read_line(&mut line);
            if read.map_err(|error| stopped(&error.to_string()))? == 0 {
                self.say("\n")?;
                return Err(stopped(&format!("no answer to “{question}”")));
            }
            match (line.trim(), default) {
                ("", Some(default)) => return Ok(default.to_owned()),
                ("", None) => {}
                (answer, _) => return Ok(answer.to_owned()),
            }
        }
    }

    fn say(&mut self, text: &str) -> Result<(), Failure> {
        let said = self.prompts.write_all(text.as_bytes());
        said.and_then(|()| self.prompts.flush())
            .map_err(|error| stopped(&error.to_string()))
    }
}

fn stopped(why: &str) -> Failure {
    Failure::wrong(format!("error: {why}: nothing was written"))
}

fn profile(name: &str, family: Family, url: String, region: Option<String>, auth: Auth) -> Profile {
    let main = User {
        auth,
        expendable: false,
    };
    Profile {
        region,
        ..Profile::new(
            name.to_owned(),
            family,
            url,
            BTreeMap::from([("main".to_owned(), main)]),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::written;

    fn asked(answers: &str) -> (Result<Profile, Failure>, String) {
        let mut prompts = Vec::new();
        let profile = Questions {
            answers: &mut answers.as_bytes(),
            prompts: &mut prompts,
        }
        .profile(None);
        (profile, String::from_utf8(prompts).unwrap())
    }

    #[test]
    fn defaults_stand_where_nothing_is_typed() {
        let (profile, _) = asked("\nmine\nhttps://id.example.com/v3\n\n\ndemo\n\np\n\n\n");
        let text = written(&profile.unwrap(), None);
        assert!(
            text.contains("password = { env = \"MINE_PASSWORD\" }"),
            "{text}"
        );
        assert!(text.contains("# region = \"RegionOne\""), "{text}");
    }

    #[test]
    fn a_secret_typed_by_mistake_is_not_said_again() {
        let (profile, said) = asked("s3\nmine\nhttps://s3.example.com\n\nhunter2!\n\n\n");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(!written(&profile.unwrap(), None).contains("hunter2"));
    }

    #[test]
    fn no_more_answers_is_an_error_that_says_what_was_asked() {
        let (profile, _) = asked("s3\nmine\n");
        let message = profile.unwrap_err().message;
        assert!(message.contains("Where does it answer?"), "{message}");
    }
}
